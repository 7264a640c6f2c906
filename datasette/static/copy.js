// A button beside each text that is there to be copied. Without this file the text can be selected with one click.
for (const box of document.querySelectorAll(".copied")) {
  const text = box.firstElementChild;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    said.textContent = "";
    said.textContent = (await copy(text)) ? "Copied" : "Selected: copy it with the keyboard";
  });
  const line = document.createElement("p");
  line.className = "small";
  line.append(button, " ", said);
  box.append(line);
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    // No clipboard over plain http from another machine: the older way, and the selection stays if that fails too.
    getSelection().selectAllChildren(element);
    return document.execCommand("copy");
  }
}
