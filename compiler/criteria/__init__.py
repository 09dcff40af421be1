"""Success criteria: the rules that record them."""
