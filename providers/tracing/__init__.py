"""Shows an operator's LangSmith what graphs and models did, without a word of what people wrote or were told."""
