// Results and facets follow what is typed and chosen: the same page is fetched, and its parts take the place of these.
// The box suggests accounts, as a combobox with a list (ARIA Authoring Practices). Without this script both work by
// sending the form.

const TYPING_MS = 250;
const PARTS = ["#results", "#facets", "#order", ".languages", ".as-data"];
const SUGGESTIONS = 6;

/** Return a function that calls `work` when it has not been called for a while; `now` calls it at once. */
function debounced(work) {
  let timer;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(work, TYPING_MS);
  };
  later.now = () => {
    clearTimeout(timer);
    return work();
  };
  later.cancel = () => clearTimeout(timer);
  return later;
}

/** Return the address of the search that a form stands for, without what is empty. */
function addressOf(form) {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value.trim() !== ""));
  return `${form.action}${query.size ? `?${query}` : ""}`;
}

/** Put the parts of another page in the place of ours; what was open stays open, what had the focus has it. */
function replaceParts(page) {
  const focused = document.activeElement?.id;
  const open = [...document.querySelectorAll("details[open][id]")].map((each) => each.id);
  for (const part of PARTS) {
    const [ours, theirs] = [document, page].map((each) => each.querySelector(part));
    if (ours && theirs) {
      ours.replaceChildren(...theirs.childNodes);
    }
  }
  for (const id of open) {
    document.getElementById(id)?.setAttribute("open", "");
  }
  if (focused && document.activeElement?.id !== focused) {
    document.getElementById(focused)?.focus();
  }
}

/** Let the results of a page follow its form. */
function follow(form) {
  const results = document.getElementById("results");
  const status = document.getElementById("status");
  const filters = document.getElementById("filters");
  let running;

  async function update() {
    const address = addressOf(form);
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    results.classList.add("is-old");
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" }, signal });
      if (!response.ok) {
        // The page of the problem says what is wrong, as it does without this script.
        location.assign(address);
        return;
      }
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (signal.aborted) {
        return;
      }
      replaceParts(page);
      status.textContent = page.getElementById("status").textContent;
      document.title = page.title;
      history.replaceState(null, "", address);
    } catch (error) {
      if (error.name === "AbortError") {
        return;
      }
      status.textContent = status.dataset.failed;
    }
    results.classList.remove("is-old");
  }

  const later = debounced(update);
  document.documentElement.classList.add("live");
  form.addEventListener("input", (event) => {
    // What an input method shows before a character is chosen is no search.
    if (event.target.type === "search" && !event.isComposing) {
      later();
    }
  });
  form.addEventListener("compositionend", later);
  // Boxes and the order stand outside of the form, and belong to it.
  document.addEventListener("change", (event) => {
    if (event.target.form === form && event.target.type !== "search") {
      later.now();
    }
  });
  const box = form.elements.namedItem("q");
  if (box.value !== box.defaultValue) {
    // It was typed before this script was there.
    later();
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    later.now();
    if (filters.matches(":popover-open")) {
      filters.hidePopover();
    }
  });
}

/** Return the platform and the handle of a suggested account, as people call them. */
function whereOf({ platform, handle }, names) {
  const name = names[platform] ?? platform;
  return handle ? `${name} @${handle}` : name;
}

/** Return what an account is called in the language of the page, as the page itself has it (`name_of`). */
function nameOf({ id, name, names, handle }) {
  const isChinese = document.documentElement.lang.startsWith("zh");
  const chinese = isChinese ? names.find(({ language }) => language?.startsWith("zh"))?.name : undefined;
  return chinese ?? name ?? handle ?? id;
}

/** Make a box suggest accounts; with `isQuiet`, only when the down arrow asks for them. */
function suggest(input, isQuiet) {
  const list = document.createElement("ul");
  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  list.hidden = true;
  input.after(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let running;
  let active = -1;
  const names = JSON.parse(document.getElementById("platform-names").textContent);

  function mark(place) {
    active = place;
    [...list.children].forEach((option, at) => option.setAttribute("aria-selected", String(at === place)));
    if (place < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", list.children[place].id);
      list.children[place].scrollIntoView({ block: "nearest" });
    }
  }

  function close() {
    running?.abort();
    later.cancel();
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  }

  function optionOf(account, at) {
    const option = document.createElement("li");
    option.id = `${list.id}-${at}`;
    option.setAttribute("role", "option");
    option.dataset.address = `${input.dataset.account}${account.id}`;
    const name = document.createElement("bdi");
    name.textContent = nameOf(account);
    const where = document.createElement("bdi");
    where.className = "where";
    where.textContent = whereOf(account, names);
    option.append(name, " ", where);
    return option;
  }

  async function show() {
    const text = input.value.trim();
    running?.abort();
    if (text === "") {
      close();
      return false;
    }
    running = new AbortController();
    const { signal } = running;
    try {
      const query = new URLSearchParams({ q: text, limit: SUGGESTIONS });
      const response = await fetch(`${input.dataset.suggest}?${query}`, { signal });
      const accounts = response.ok ? (await response.json()).data : [];
      if (signal.aborted || document.activeElement !== input) {
        return false;
      }
      list.replaceChildren(...accounts.map(optionOf));
    } catch {
      if (!signal.aborted) {
        close();
      }
      return false;
    }
    list.hidden = list.children.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
    return !list.hidden;
  }

  const later = debounced(show);
  const go = (option) => location.assign(option.dataset.address);

  input.addEventListener("input", (event) => {
    // What is marked was suggested for another text.
    mark(-1);
    if (event.isComposing) {
      return;
    }
    if (isQuiet) {
      close();
    } else {
      later();
    }
  });
  input.addEventListener("compositionend", () => !isQuiet && later());
  input.addEventListener("keydown", async (event) => {
    const last = list.children.length - 1;
    if (event.isComposing) {
      return;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!list.hidden) {
        // One step further than either end is the box itself.
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark(active + step > last ? -1 : active + step < -1 ? last : active + step);
      } else if (await later.now()) {
        mark(event.key === "ArrowDown" ? 0 : list.children.length - 1);
      }
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      go(list.children[active]);
    } else if (event.key === "Enter" || event.key === "Tab") {
      close();
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", close);
  if (!isQuiet && document.activeElement === input && input.value !== input.defaultValue) {
    // It was typed before this script was there.
    later();
  }
  // The box would lose the focus, and the list close, before the click.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) {
      go(option);
    }
  });
}

const live = document.querySelector("form[data-results]");
if (live) {
  follow(live);
}
for (const input of document.querySelectorAll("input[data-suggest]")) {
  suggest(input, input.form === live);
}
