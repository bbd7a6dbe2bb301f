"""Results as pages that need nothing but themselves: view models, charts as SVG, templates beside."""
