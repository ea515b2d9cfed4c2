// Staff pages: parts of a page that renew themselves. Every form works without this.

import htmx from "htmx.org";
import "./pages/index";

// Our pages let no script turn text into markup, except here: htmx puts in what our own server
// rendered, and nothing else makes markup on these pages.
if ("trustedTypes" in window) {
  const factory = window.trustedTypes as {
    createPolicy(name: string, rules: { createHTML(markup: string): string }): unknown;
  };
  factory.createPolicy("default", { createHTML: (markup) => markup });
}

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;
