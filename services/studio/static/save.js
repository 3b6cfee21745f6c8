// A file for whoever looks at the page.

const KEPT = 10_000; // milliseconds that the browser has to take a file

// Hands a file to the browser's downloads.
export function save(content, type, name) {
  const link = document.createElement("a");
  const url = URL.createObjectURL(new Blob([content], { type }));
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT);
}
