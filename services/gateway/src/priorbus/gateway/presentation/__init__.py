"""How things look on the wire: one module per style and per error rendering."""
