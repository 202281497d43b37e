"""Is a network the right tool for your own table, and how sure is that?

against_search     networks chosen by one sweep against scikit-learn's searches, at equal trials and at equal seconds
"""

CLAIMS = ("against_search",)
