"""Width against depth: where depth helps, and where it does not."""

CLAIMS = (
    "expressible", "regions", "equal_budgets", "microsoft_table", "learnable", "minimal_width", "published", "speech",
)  # fmt: skip
ON_REQUEST = ("speech",)  # needs the extra `speech`, and most of an hour
