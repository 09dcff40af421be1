"""Check that references between objects resolve: in the stack, its charts, and what its operators make."""
