"""Pages for people: a stack's page, and the runbooks as a site. Pure: data in, HTML out."""
