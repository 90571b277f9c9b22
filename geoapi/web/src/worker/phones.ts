/** The numbers in a phone field as it was supplied, "010-1234 转 801 / 138 0000 0000", to tap. */

export interface PhoneNumber {
  shown: string;
  href: string;
}

/** Each number with its `tel:` address; an extension is dialled after a pause. What holds no number gives none. */
export function phones(text: string | null): PhoneNumber[] {
  if (!text) return [];
  return text
    .normalize("NFKC")
    .split(/[,;/、|]|\s{2,}|或/)
    .map((part) => part.trim())
    .flatMap((part) => {
      const [number = "", extension = ""] = part.split(/转|ext\.?|分机/i);
      const digits = number.replace(/[^\d+]/g, "").replace(/(?!^)\+/g, "");
      const more = extension.replace(/\D/g, "");
      if (digits.replace("+", "").length < 3) return [];
      return [{ shown: part, href: `tel:${digits}${more ? `,${more}` : ""}` }];
    });
}
