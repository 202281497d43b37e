"""What the claims and commands about your own table share: reading, describing, and the model that is handed over."""
