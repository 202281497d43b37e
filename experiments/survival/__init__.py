"""What becomes of a sweep when things go wrong: processes that are killed, disks that fail, machines that go away."""

CLAIMS = ("killed", "damaged", "failing_disk", "two_at_once", "changed", "machines", "size")
STORE = False  # it has its own, to break
ENGINE = True  # of the engine, not of the textbook: runs when it is named
