// Names for what the theme leaves without one, for those who hear the page.
(function () {
  "use strict";
  function name() {
    var search = document.querySelector(".md-search");
    if (search) search.setAttribute("aria-label", "Search");
    document.querySelectorAll(".md-code__nav:not([aria-label])").forEach(function (nav) {
      nav.setAttribute("aria-label", "Block of code " + nav.parentElement.id);
    });
  }
  new MutationObserver(name).observe(document.body, { childList: true, subtree: true });
  name();
})();
