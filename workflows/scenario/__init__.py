"""How a scenario challenge comes to be: write → inspect."""
