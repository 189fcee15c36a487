// @ts-check
// Starts Swagger UI, whose files this server brings along.

const place = /** @type {HTMLElement} */ (document.getElementById("swagger-ui"));

// @ts-expect-error: a global of swagger-ui-bundle.js
SwaggerUIBundle({
  url: `${place.dataset.root}/openapi.json`,
  domNode: place,
  deepLinking: true,
  persistAuthorization: false,
  // The default asks a server of its makers whether the description is valid.
  validatorUrl: null,
});
