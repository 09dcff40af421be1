"""Personal content by six small services, from the edge to a language model, with the document's ten spans."""
