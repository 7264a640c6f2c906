// Names for the fields of Datasette's own pages, which have none for those who hear them, and the language they are in.
document.documentElement.lang = "en";
document.querySelector("section.content")?.setAttribute("role", "main");
const names = { _filter_column: "Column", _filter_op: "Comparison", _filter_value: "Value", _sort: "Sort by" };

function name() {
  for (const field of document.querySelectorAll("select, textarea, input:not([type=hidden], [type=submit])")) {
    if (!field.labels?.length && !field.ariaLabel) field.ariaLabel = names[field.name.replace(/_\d+$/, "")] ?? "SQL";
  }
}
name();
for (const box of document.querySelectorAll(".table-wrapper")) {
  box.tabIndex = 0; // wider than a phone: to be scrolled with the keyboard, too
  box.role = "region";
  box.ariaLabel = "Rows";
}
for (const link of document.querySelectorAll("a.cross")) link.ariaLabel = "Drop this facet";
addEventListener("load", () => setTimeout(name)); // the editor for SQL comes with its own field
