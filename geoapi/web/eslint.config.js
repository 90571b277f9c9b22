import svelte from "eslint-plugin-svelte";
import tseslint from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "src/api/schema.d.ts"] },
  ...tseslint.configs.strict,
  ...svelte.configs.recommended,
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: tseslint.parser, svelteConfig } },
  },
  {
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "svelte/no-at-html-tags": "error",
      // a style attribute is what the pages' policy forbids; `style:width={…}` goes through the CSSOM
      "no-restricted-syntax": [
        "error",
        { selector: "SvelteAttribute[key.name='style']", message: "a class" },
      ],
      // what is read to be followed need not be used
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      // addresses are relative to where the service stands; there is no router
      "svelte/no-navigation-without-resolve": "off",
    },
  },
);
