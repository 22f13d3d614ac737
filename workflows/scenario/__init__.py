"""How a scenario challenge comes to be: write → inspect where it is drawn from a bank; agent/ has models write one."""
