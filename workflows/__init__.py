"""LangGraph graphs that write challenges and grade answers. They know the ports in ports.py and nothing behind them."""
