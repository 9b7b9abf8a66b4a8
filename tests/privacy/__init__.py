"""Which addresses may be contacted, and what may be said."""
