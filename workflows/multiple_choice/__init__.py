"""How a multiple-choice challenge comes to be: write → inspect → arrange."""
