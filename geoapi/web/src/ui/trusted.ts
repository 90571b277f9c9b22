/**
 * The pages' policy (`require-trusted-types-for 'script'`) lets nothing become markup or a script's address as
 * text. This is what may: scripts from where the page itself comes from (the map's worker, the service worker).
 * Svelte has a policy of its own for its templates, which are part of the program.
 */
const own = (address: string): string => {
  if (new URL(address, document.baseURI).origin !== location.origin)
    throw new TypeError("not a script of ours");
  return address;
};

if ("trustedTypes" in window) {
  const factory = window.trustedTypes as {
    createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
  };
  factory.createPolicy("default", { createScriptURL: own });
}

export {};
