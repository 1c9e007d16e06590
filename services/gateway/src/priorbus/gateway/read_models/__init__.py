"""What the gateway keeps to answer reads: document forms, indexes and guarded writes. Filled by facts and by replies."""
