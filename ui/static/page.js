// The source panel's script. Gradio runs it once, with `element` (the panel), `props`, `server`
// and `watch`. It follows the chips of the answers, `#cite-<answer>-<n>`, to their marks, shows
// the articles that a refusal names, `#article-<answer>-<n>`, and has a question asked once more
// by the buttons `less-<answer>-<limit>`.

const CHIP = /^#cite-(.+)-(\d+)$/;
const ARTICLE = /^#article-(.+-\d+)$/;
const LESS = /^less-(.+)-(\d+|filters)$/;
const COPY = /^#copy-(.+)$/;
const narrow = window.matchMedia("(max-width: 899px)");
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

// The chip that was followed last: where "Back to the answer" leads, and what is restored when
// the panel is rendered anew while an answer is being written.
let chosen = null;

function scrollTo(target, block) {
	target.scrollIntoView({ block, behavior: still.matches ? "auto" : "smooth" });
}

function activate(key) {
	element.querySelectorAll("mark.active").forEach((mark) => mark.classList.remove("active"));
	const pieces = element.querySelectorAll(`mark[data-quote="${CSS.escape(key)}"]`);
	pieces.forEach((piece) => piece.classList.add("active"));
	document.querySelectorAll("a.chosen").forEach((chip) => chip.classList.remove("chosen"));
	document.querySelectorAll(`a[href="#cite-${CSS.escape(key)}"]`).forEach((chip) => {
		chip.classList.add("chosen");
	});
	const mark = document.getElementById(`q-${key}`);
	mark?.closest("details")?.setAttribute("open", "");
	return mark;
}

async function follow(chip, answer, n, byKeyboard) {
	chosen = { chip, key: `${answer}-${n}`, answer };
	if (!document.getElementById(`q-${answer}-${n}`)) {
		const loaded = await server.load_sources(answer);
		if (chosen.chip !== chip) return; // another was chosen meanwhile
		props.value = loaded;
		await rendered(answer);
	}
	const mark = activate(chosen.key);
	if (!mark) {
		scrollTo(element, "start");
		return;
	}
	scrollTo(mark, "center");
	if (byKeyboard) mark.focus({ preventScroll: true });
}

async function showNear(link, place, byKeyboard) {
	chosen = { chip: link, key: "", answer: "" };
	const loaded = await server.load_article(place);
	if (chosen.chip !== link) return; // another was chosen meanwhile
	activate("");
	link.classList.add("chosen");
	props.value = loaded;
	await new Promise((done) => { setTimeout(done, 50); });
	element.closest("#panel").scrollTop = 0;
	if (narrow.matches) scrollTo(element, "start");
	if (byKeyboard) element.querySelector("summary")?.focus({ preventScroll: true });
}

// The template is rendered some time after `props.value` is set.
async function rendered(answer) {
	for (let frame = 0; frame < 60; frame += 1) {
		const shown = element.querySelector("section.sources");
		if (!shown?.dataset.answer || shown.dataset.answer === answer) return;
		await new Promise(requestAnimationFrame);
	}
}

async function copy(link, answer) {
	const text = await server.load_copy(answer);
	if (!text) return;
	try {
		await navigator.clipboard.writeText(text);
		link.textContent = "Copied";
	} catch {
		link.textContent = "Copying is not allowed here";
	}
	setTimeout(() => { link.textContent = "Copy with sources"; }, 2000);
}

document.addEventListener(
	"click",
	(event) => {
		const button = event.target.closest?.("#chat button[id^='less-']");
		if (button) {
			const less = LESS.exec(button.id);
			if (less) trigger("select", { answer: less[1], limit: less[2] });
			return;
		}
		const link = event.target.closest?.("a[href^='#']");
		if (!link) return;
		const hash = link.getAttribute("href");
		const cite = CHIP.exec(hash);
		const near = ARTICLE.exec(hash);
		const copied = COPY.exec(hash);
		if (near) showNear(link, near[1], event.detail === 0);
		else if (cite) follow(link, cite[1], cite[2], event.detail === 0);
		else if (copied) copy(link, copied[1]);
		else if (hash === "#chat") back(event.detail === 0);
		else return;
		event.preventDefault();
		event.stopPropagation();
	},
	true
);

function back(byKeyboard) {
	const chip = chosen?.chip.isConnected ? chosen.chip : document.getElementById("chat");
	scrollTo(chip, "center");
	if (byKeyboard) chip.focus({ preventScroll: true });
}

// Gradio labels each message with its Markdown, which a screen reader would read out in place
// of the message. And the last question moves to the top, where its answer grows below it.
let questions = 0;

function tidy() {
	const labelled = columns.querySelectorAll("#chat [data-testid][aria-label]");
	labelled.forEach((message) => message.removeAttribute("aria-label"));
	const asked = columns.querySelectorAll("#chat .user-row");
	if (asked.length > questions && asked.length > 1) scrollTo(asked[asked.length - 1], "start");
	questions = asked.length;
}

const columns = element.closest("#columns");
new MutationObserver(tidy).observe(columns, {
	childList: true,
	subtree: true,
	attributes: true,
	attributeFilter: ["aria-label"],
});

// The last update of an answer brings the panel once more; what is shown already stays in place.
let shown = "";

watch("value", () => {
	const again = shown === props.value.html;
	shown = props.value.html;
	if (again) return;
	const mark = element.querySelector('mark[data-n="1"]') ?? element.querySelector("mark");
	if (chosen && chosen.answer === props.value.answer) {
		activate(chosen.key);
	} else if (mark && !narrow.matches) {
		// Beside the chat the first quote is brought into view; below it, nothing moves.
		const panel = element.closest("#panel");
		panel.scrollTop = 0;
		const first = mark.getBoundingClientRect();
		const view = panel.getBoundingClientRect();
		if (first.bottom > view.bottom) panel.scrollTop = first.top - view.top - view.height / 3;
	}
});
