import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { marshal, sortKeys } from './json.ts';
import { parseJson } from './parseJson.ts';

describe('JSON as Go reads it', () => {
  it('is whatever JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const parsed = parseJson(text);
        expect(parsed.ok && JSON.stringify(parsed.value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.constantFrom('{', '}', '"', ',', ':', 'x', ']'), (text, at, c) => {
        const place = at % (text.length + 1);
        const spoilt = text.slice(0, place) + c + text.slice(place);
        let isJson = true;
        try {
          JSON.parse(spoilt);
        } catch {
          isJson = false;
        }
        expect(parseJson(spoilt).ok).toBe(isJson);
      }),
    );
  });

  it.each([
    ['{not json', "invalid character 'n' looking for beginning of object key string"],
    ['', 'unexpected end of JSON input'],
    ['{"a": 1', 'unexpected end of JSON input'],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a": 1 "b": 2}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['{} x', "invalid character 'x' after top-level value"],
    ['{"a": }', "invalid character '}' looking for beginning of value"],
    ['{"a": tru}', "invalid character '}' in literal true (expecting 'e')"],
    ['{"a": 1.}', "invalid character '}' after decimal point in numeric literal"],
    ['{"a": "\n"}', "invalid character '\\n' in string literal"],
    ["{'a': 1}", "invalid character '\\'' looking for beginning of object key string"],
  ])('%j: %s', (text, error) => expect(parseJson(text)).toEqual({ ok: false, error }));

  it('gives keys no other meaning, and sorts them as a Go map’s', () => {
    const parsed = parseJson('{"b": {"d": 1, "c": "<&>"}, "__proto__": {"x": 1}, "a": null}');
    expect(parsed.ok && marshal(sortKeys(parsed.value))).toBe(
      '{"__proto__":{"x":1},"a":null,"b":{"c":"\\u003c\\u0026\\u003e","d":1}}',
    );
    expect(parsed.ok && Object.getPrototypeOf(parsed.value)).toBeNull();
  });
});
