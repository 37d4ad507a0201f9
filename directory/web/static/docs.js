"use strict";

const place = document.getElementById("docs");

// Swagger UI fills a form with every example there is, and all filters at once match nothing.
// So the examples of optional parameters are shown next to them, and their fields are left empty.
function tellExamples(contract) {
  const operations = Object.values(contract.paths).flatMap((path) => Object.values(path));
  for (const parameter of operations.flatMap((operation) => operation.parameters ?? [])) {
    if (!parameter.required && parameter.example !== undefined) {
      parameter.description += `\n\nFor example \`${parameter.example}\`.`;
      delete parameter.example;
    }
  }
  return contract;
}

// What the page says by itself (title, description, contact) is not shown a second time, and there is one <main>.
function page({ React, getComponent, specSelectors }) {
  const parts = ["SvgAssets", "FilterContainer", "errors", "operations", "Models"];
  if (specSelectors.servers().size > 1) {
    parts.unshift("ServersContainer");
  }
  return React.createElement(
    "div",
    { className: "swagger-ui" },
    parts.map((name) => React.createElement(getComponent(name, true), { key: name })),
  );
}

// Swagger UI's own list has only what is on the screen once a contract has 150 operations, so neither the search of the
// browser nor a screen reader finds the others. This is what it shows of fewer.
function operations({ React, getComponent, specSelectors, ...system }) {
  const OperationTag = getComponent("OperationTag");
  const OperationContainer = getComponent("OperationContainer", true);
  const methods = specSelectors.validOperationMethods();
  const { getConfigs, layoutActions, layoutSelectors, oas3Selectors } = system;
  const shared = { getComponent, getConfigs, layoutActions, layoutSelectors, oas3Selectors };
  const listed = (operation, tag) => {
    const [path, method, specPath] = ["path", "method", "specPath"].map((name) => operation.get(name));
    const props = { key: `${path}-${method}`, op: operation, path, method, specPath, tag };
    return methods.includes(method) ? React.createElement(OperationContainer, props) : null;
  };
  const tags = specSelectors.taggedOperations().map((tagObj, tag) =>
    React.createElement(
      OperationTag,
      { key: tag, tagObj, tag, specUrl: specSelectors.url(), ...shared },
      React.createElement(
        "div",
        { className: "operation-tag-content" },
        tagObj
          .get("operations")
          .map((operation) => listed(operation, tag))
          .toArray(),
      ),
    ),
  );
  return React.createElement("div", null, tags.valueSeq().toArray());
}

// An operation is opened by a button, and a link inside a button cannot be reached from the keyboard.
const plainPath = (Link, { React }) => (props) =>
  props.path?.includes("/") ? React.createElement("span", null, props.text) : React.createElement(Link, props);

// By selector, what a reader hears of a field or a box; the row of a parameter has its name.
const NAMES = [
  ["#servers", () => "Server"],
  ["[data-param-name] :is(select, input, textarea)", (field) => field.closest("[data-param-name]").dataset.paramName],
  [".examples-select select", () => "Example"],
  [".content-type-wrapper select, select.content-type", () => "Media type"],
  [".operation-filter-input", () => "Filter by tag"],
  ["textarea", () => "Request body"],
  ["select, input", () => "Value"],
  // A schema without a title.
  [".json-schema-2020-12-accordion:not(:has(.json-schema-2020-12__title))", () => "Schema"],
  ["pre.microlight", (box) => (box.matches(".curl") ? "Command" : "Example or answer")],
];

function describe() {
  for (const [selector, name] of NAMES) {
    for (const element of place.querySelectorAll(selector)) {
      if (!element.hasAttribute("aria-label") && !element.labels?.[0]?.textContent.trim()) {
        element.setAttribute("aria-label", name(element));
      }
    }
  }
  // A box that scrolls has to be reached by the keyboard.
  for (const box of place.querySelectorAll("pre.microlight:not([tabindex])")) {
    box.tabIndex = 0;
    box.setAttribute("role", "group");
  }
  // A table is no region, and a box that is nothing has no name: its button has the same.
  place.querySelectorAll("table[role]").forEach((table) => table.removeAttribute("role"));
  place.querySelectorAll("div.copy-to-clipboard[aria-label]").forEach((box) => box.removeAttribute("aria-label"));
}

async function show() {
  const answer = await fetch(place.dataset.contract);
  SwaggerUIBundle({
    domNode: place,
    spec: tellExamples(await answer.json()),
    layout: "Page",
    plugins: [() => ({ components: { Page: page, operations }, wrapComponents: { DeepLink: plainPath } })],
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    tryItOutEnabled: true,
    // By default a badge sends the contract to a validator elsewhere.
    validatorUrl: null,
  });
  // Once a frame at most: opening one operation changes hundreds of elements.
  let waiting = 0;
  const later = () => {
    waiting ||= requestAnimationFrame(() => {
      waiting = 0;
      describe();
    });
  };
  new MutationObserver(later).observe(place, { childList: true, subtree: true });
}

show();
