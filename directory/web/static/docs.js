"use strict";

// Swagger UI fills a form with every example there is, and all filters at once match nothing.
// So the examples of optional parameters are told beside them, and their fields are left empty.
function tellExamples(contract) {
  const operations = Object.values(contract.paths).flatMap((path) => Object.values(path));
  for (const parameter of operations.flatMap((operation) => operation.parameters)) {
    if (!parameter.required && parameter.example !== undefined) {
      parameter.description += `\n\nFor example \`${parameter.example}\`.`;
      delete parameter.example;
    }
  }
  return contract;
}

async function show(place) {
  const answer = await fetch(place.dataset.contract);
  SwaggerUIBundle({
    domNode: place,
    spec: tellExamples(await answer.json()),
    deepLinking: true,
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    tryItOutEnabled: true,
    // By default a badge sends the contract to a validator elsewhere.
    validatorUrl: null,
  });
}

show(document.getElementById("docs"));
