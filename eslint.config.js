import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** One step of `app → features → components, a11y, model → sdk`: what `files` may not import. */
function wall(files, patterns, message) {
  return {
    files: [files],
    rules: { "no-restricted-imports": ["error", { patterns: [{ regex: patterns, message }] }] },
  };
}

export default tseslint.config(
  { ignores: ["**/dist/", "**/node_modules/", "target/", "web/e2e/.results/"] },
  js.configs.recommended,
  {
    files: ["**/*.{ts,tsx}"],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["vitest.config.ts"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "max-lines": ["error", 300],
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
      "max-params": ["error", 4],
      "no-console": "error",
    },
  },
  {
    files: ["**/*.test.ts", "web/src/model/stranger-fixture.ts", "web/e2e/**/*.ts"],
    rules: { "max-lines-per-function": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
  { files: ["web/public/*.js"], languageOptions: { globals: { document: "readonly", localStorage: "readonly" } } },
  {
    files: ["web/src/**/*.{ts,tsx}"],
    extends: [reactHooks.configs.flat["recommended-latest"], jsxA11y.flatConfigs.strict],
    rules: {
      // It warns of what React's compiler would leave alone; the compiler is not in use.
      "react-hooks/incompatible-library": "off",
      // What scrolls must be reachable by keyboard: the log of a conversation, a long list.
      "jsx-a11y/no-noninteractive-tabindex": ["error", { roles: ["log", "region"], tags: [] }],
    },
  },
  wall(
    "web/src/features/**",
    "^(\\.\\./)+(app|features)/|^\\.\\./(?!\\.\\.)[a-z-]+/",
    "A feature imports components, a11y, model and the SDK; not app, not another feature.",
  ),
  wall(
    "web/src/{components,a11y}/**",
    "/(app|features)/",
    "A component does not know the features that use it.",
  ),
  wall(
    "web/src/model/**",
    "^react|/(app|features|components|a11y)/",
    "The model is plain TypeScript: no React, no page.",
  ),
  wall("sdk/src/**", "^react|^@parlour/web", "The SDK knows nothing of the page."),
);
