// The menu that saves the chat. Gradio runs it once, with `element`, `props`, `trigger` and
// `watch`. The server writes the file; it comes back as `props.value.file`.

let asked = false;

function say(text) {
	const status = element.querySelector("[role='status']");
	if (status) status.textContent = text;
}

function close() {
	element.querySelector("details")?.removeAttribute("open");
}

element.addEventListener("click", (event) => {
	const form = event.target.closest("button")?.dataset.form;
	if (!form) return;
	asked = true;
	close();
	element.querySelector("summary").focus();
	say("Checking the quotes …");
	trigger("select", { form });
});

element.addEventListener("keydown", (event) => {
	if (event.key !== "Escape" || !element.querySelector("details[open]")) return;
	close();
	element.querySelector("summary").focus();
});

document.addEventListener("click", (event) => {
	if (!element.contains(event.target)) close();
});

watch("value", () => {
	const file = props.value.file;
	if (!asked || !file) return;
	asked = false;
	say(file.said);
	setTimeout(() => say(""), 6000);
	if (!file.name) return;
	const link = document.createElement("a");
	link.href = URL.createObjectURL(new Blob([file.text], { type: file.type }));
	link.download = file.name;
	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 60000);
});
