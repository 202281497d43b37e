"""Works that several claims of this topic cite. A claim adds what it takes from them."""

HINTON_PROBLEMS = "yaroslavvb/hinton-problems (GitHub)"
CORDWELL = "sawcordwell/sawcordwell.github.io (GitHub), _drafts/rumelhart1986-1.md, January 2015"
RUMELHART_NATURE = (
    "Rumelhart, Hinton & Williams (1986), Learning representations by back-propagating errors, Nature 323"
)
