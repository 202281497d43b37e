"""What several claims of this topic use."""
