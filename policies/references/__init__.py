"""What objects refer to, held against what exists: in the stack, in its charts, and made by its operators."""
