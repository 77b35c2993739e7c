// On the page of a video: shows the client in its place, which is what browsers are served elsewhere.
const page = new DOMParser().parseFromString(await (await fetch("/index.html")).text(), "text/html");
for (const link of page.querySelectorAll('link[rel="stylesheet"], link[rel="modulepreload"]')) document.head.append(link);
document.body.replaceChildren(...page.body.children);
await import(page.querySelector("script[type=module]").src);
