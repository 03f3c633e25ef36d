"""Results -> forms people and programs read. One file a form; each owns its escaping."""
