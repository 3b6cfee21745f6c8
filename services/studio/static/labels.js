// Selectors for the labels that a model can be asked with.

// One for each of `fields`, "any" first; `chosen` (field -> value) follows them, and `onChange` is told.
export function labelSelectors(fields, chosen, onChange) {
  return fields.map((field) => {
    const label = document.createElement("label");
    const select = document.createElement("select");
    const name = field.name.replaceAll("_", " ");
    label.append(name[0].toUpperCase() + name.slice(1), select);
    select.dataset.label = field.name;
    select.append(new Option("any", ""), ...field.values.map((value) => new Option(value, value)));
    select.value = chosen[field.name] ?? "";
    select.addEventListener("change", () => {
      if (select.value) chosen[field.name] = select.value;
      else delete chosen[field.name];
      onChange();
    });
    return label;
  });
}

// Those of `chosen` that the model knows.
export function knownLabels(fields, chosen) {
  const known = fields.filter((field) => field.values.includes(chosen[field.name]));
  return Object.fromEntries(known.map((field) => [field.name, chosen[field.name]]));
}
