"""Width against depth: when does a deep network beat a wide one with as many parameters, and when does it not?

1. expressible: what few neurons in many layers can express, and one hidden layer cannot.
2. regions: into how many linear pieces a network cuts its inputs, at the start, after training, and at most.
3. equal_budgets: where depth helps, and where it does not, at the same number of parameters.
4. retuned: how often intervals that leave out the randomness of tuning hold the true number.
5. microsoft_table: Microsoft's table of deep and shallow networks, on digits.
6. learnable: whether deep networks learn what they can express, and shallow ones from them.
7. minimal_width: how wide every layer must be.
8. published: accuracies that were published with MNIST-1D, beside ours.
9. speech: Microsoft's table, on speech that is synthesised here.
"""

CLAIMS = (
    "expressible", "regions", "equal_budgets", "retuned", "microsoft_table", "learnable", "minimal_width", "published",
    "speech",
)  # fmt: skip
ON_REQUEST = ("speech",)  # needs the extra `speech`, and many hours
