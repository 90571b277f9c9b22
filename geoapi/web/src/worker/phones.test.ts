import { expect, test } from "vitest";
import { phones } from "./phones.ts";

test("one number, several, with an extension", () => {
  expect(phones("010-0000-3786")).toEqual([{ shown: "010-0000-3786", href: "tel:01000003786" }]);
  expect(phones("(010) 6500 0000 转 801、+86 138 0000 0000").map((one) => one.href)).toEqual([
    "tel:01065000000,801",
    "tel:+8613800000000",
  ]);
  expect(phones("０１０－６５００").map((one) => one.href)).toEqual(["tel:0106500"]);
});

test("no address but a number's comes of any text", () => {
  expect(phones(null)).toEqual([]);
  expect(phones("无")).toEqual([]);
  for (const text of ["javascript:alert(1)//12345", "12345;phone-context=evil", "+1+2+3456"]) {
    for (const { href } of phones(text)) expect(href).toMatch(/^tel:\+?\d{3,}(?:,\d+)?$/);
  }
});
