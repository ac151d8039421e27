"""Course files in, passages out. Knows nothing of conversations, answers or screens."""
