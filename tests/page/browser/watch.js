// Before the page begins: how far it jumps while it loads, and what its own policy had to stop.
window.watched = { jumped: 0, jumps: [], stopped: [] };
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (hadRecentInput) continue;
    watched.jumped += value;
    watched.jumps.push([value, ...sources.map(({ node }) => node?.id || node?.className || node?.nodeName)]);
  }
}).observe({ type: "layout-shift", buffered: true });
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  watched.stopped.push(`${violatedDirective} ${blockedURI}`);
});
