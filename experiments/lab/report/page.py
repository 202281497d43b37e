def write(claims, base):
    return base / "index.html"
