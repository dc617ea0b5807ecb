/* global SwaggerUIBundle -- swagger-ui-bundle.js, loaded before this */
// What is on the page is in the binary; the viewer asks nobody else.
SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#viewer",
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
});
