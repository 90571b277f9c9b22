/** The organisations that somebody's roles reach, asked for once. */
import { api, type Schemas } from "../../../api/client.ts";
import { language } from "../../../ui/language.svelte.ts";
import { told } from "../../session.svelte.ts";

export type Organisation = Schemas["CountedOrganisation"];

/** An organisation with how deep it stands in the tree. */
export interface InTree {
  organisation: Organisation;
  depth: number;
}

/** Every organisation within reach, parents before their children. */
export async function allOrganisations(): Promise<InTree[]> {
  const found: Organisation[] = [];
  let cursor: string | null = null;
  do {
    const page: Schemas["OrganisationPage"] = await told(() =>
      api.GET("/v1/manage/organisations", {
        params: { query: { limit: 500, ...(cursor ? { cursor } : {}) } },
      }),
    );
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return inTree(found);
}

function inTree(all: readonly Organisation[]): InTree[] {
  const known = new Set(all.map((one) => one.id));
  const below = new Map<string, Organisation[]>();
  for (const one of all) {
    const parent = one.parent_id !== null && known.has(one.parent_id) ? one.parent_id : "";
    below.set(parent, [...(below.get(parent) ?? []), one]);
  }
  const ordered: InTree[] = [];
  const visit = (parent: string, depth: number): void => {
    for (const organisation of below.get(parent) ?? []) {
      ordered.push({ organisation, depth });
      visit(organisation.id, depth + 1);
    }
  };
  visit("", 0);
  return ordered;
}

export function organisationName(one: { name: string; name_en: string | null }): string {
  return language.current === "en" ? (one.name_en ?? one.name) : one.name;
}

/** Those with `words` (in lower case) in a name, and all above them. */
export function matching(tree: readonly InTree[], words: string): InTree[] {
  const parents = new Map(tree.map(({ organisation }) => [organisation.id, organisation.parent_id]));
  const kept = new Set<string>();
  for (const { organisation } of tree) {
    if (!`${organisation.name} ${organisation.name_en ?? ""}`.toLowerCase().includes(words)) continue;
    for (let id: string | null | undefined = organisation.id; id; id = parents.get(id)) kept.add(id);
  }
  return tree.filter(({ organisation }) => kept.has(organisation.id));
}
