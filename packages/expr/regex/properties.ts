// Character types (`\w`), POSIX brackets (`[:alpha:]`) and properties (`\p{Greek}`), as Oniguruma defines them for
// UTF-8. The data is the host's: each is a native `\p{...}` test of a single code point.

import { anyChar, anyCharButNewline, complement, setOf, setOfRanges, setWhere, union, type CharSet } from "./char-set.ts";

const nativeSets = new Map<string, CharSet>();

/** The set of a class that the host's own engine knows; there are only so many of them. */
function native(classBody: string): CharSet {
  const known = nativeSets.get(classBody);
  if (known !== undefined) return known;
  const pattern = new RegExp(`[${classBody}]`, "u");
  const set = setWhere((code) => pattern.test(String.fromCodePoint(code)));
  nativeSets.set(classBody, set);
  return set;
}

/** Builds a set once, when it is first needed. */
function lazily(build: () => CharSet): () => CharSet {
  let set: CharSet | undefined;
  return () => (set ??= build());
}

const word = lazily(() => native("\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}"));
const digit = lazily(() => native("\\p{Nd}"));
const space = lazily(() => native("\\p{White_Space}"));
const punctuation = lazily(() => native("\\p{P}"));

/** What the brackets of `[[:name:]]` may hold. */
const posixClasses = new Map<string, () => CharSet>([
  ["alnum", lazily(() => native("\\p{Alphabetic}\\p{Nd}"))],
  ["alpha", lazily(() => native("\\p{Alphabetic}"))],
  ["ascii", lazily(() => setOfRanges([[0, 0x7f]]))],
  ["blank", lazily(() => native("\\p{Zs}\\t"))],
  ["cntrl", lazily(() => native("\\p{Cc}"))],
  ["digit", digit],
  ["graph", lazily(() => native("^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}"))],
  ["lower", lazily(() => native("\\p{Lowercase}"))],
  ["print", lazily(() => union([native("^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}"), native("\\p{Zs}")]))],
  ["punct", lazily(() => union([punctuation(), native("$+<=>^`|~")]))],
  ["space", space],
  ["upper", lazily(() => native("\\p{Uppercase}"))],
  ["xdigit", lazily(() => setOf(Array.from("0123456789ABCDEFabcdef", (char) => char.charCodeAt(0))))],
  ["word", word],
]);

/** The numerals that `\w` and `\b` take for word characters although `[\w]` and `[[:word:]]` do not. */
const loneWordNumerals = setOf([0xb2, 0xb3, 0xb9, 0xbc, 0xbd, 0xbe]);

/** The word characters of `\w` outside of brackets, and of `\b`. */
export const wordCharacter = lazily(() => union([word(), loneWordNumerals]));

/** What a type letter stands for, outside of brackets; undefined for another letter. */
const types = new Map<string, () => CharSet>([
  ["w", wordCharacter],
  ["W", lazily(() => complement(wordCharacter()))],
  ["d", digit],
  ["D", lazily(() => complement(digit()))],
  ["s", space],
  ["S", lazily(() => complement(space()))],
  ["N", () => anyCharButNewline],
  ["O", () => anyChar],
]);

/** The set of `\w`, `\D` and the like outside of brackets, or undefined. */
export function typeSet(letter: string): CharSet | undefined {
  return types.get(letter)?.();
}

/** The set of a type letter inside of brackets, where there are fewer of them, or undefined. */
export function memberTypeSet(letter: string): CharSet | undefined {
  if (letter === "w") return word();
  if (letter === "W") return complement(word());
  return /^[dDsS]$/.test(letter) ? typeSet(letter) : undefined;
}

/** The set of a POSIX bracket, or undefined where there is none of that name. */
export function posixSet(name: string): CharSet | undefined {
  return posixClasses.get(name)?.();
}

/** Names that the native engine writes with separators or capitals in the middle, under their bare form. */
const nativeNames = new Map(
  [
    "Any Assigned ASCII_Hex_Digit AHex Alphabetic Bidi_Control Bidi_C Case_Ignorable CI Cased Changes_When_Casefolded CWCF",
    "Changes_When_Casemapped CWCM Changes_When_Lowercased CWL Changes_When_Titlecased CWT Changes_When_Uppercased CWU Dash",
    "Default_Ignorable_Code_Point DI Deprecated Dep Diacritic Dia Emoji Emoji_Component EComp Emoji_Modifier EMod",
    "Emoji_Modifier_Base EBase Emoji_Presentation EPres Extended_Pictographic ExtPict Extender Ext Grapheme_Base Gr_Base",
    "Grapheme_Extend Gr_Ext Hex_Digit Hex IDS_Binary_Operator IDSB IDS_Trinary_Operator IDST ID_Continue IDC ID_Start IDS",
    "Ideographic Ideo Join_Control Join_C Logical_Order_Exception LOE Lowercase Math Noncharacter_Code_Point NChar",
    "Pattern_Syntax Pat_Syn Pattern_White_Space Pat_WS Quotation_Mark QMark Radical Regional_Indicator RI Sentence_Terminal",
    "STerm Soft_Dotted SD Terminal_Punctuation Term Unified_Ideograph UIdeo Uppercase Variation_Selector VS White_Space",
    "XID_Continue XIDC XID_Start XIDS",
    "C Other Cc Control Cf Format Cn Unassigned Co Private_Use Cs Surrogate L Letter LC Cased_Letter Ll Lowercase_Letter",
    "Lm Modifier_Letter Lo Other_Letter Lt Titlecase_Letter Lu Uppercase_Letter M Mark Combining_Mark Mc Spacing_Mark",
    "Me Enclosing_Mark Mn Nonspacing_Mark N Number Nd Decimal_Number Nl Letter_Number No Other_Number P Punctuation",
    "Pc Connector_Punctuation Pd Dash_Punctuation Pe Close_Punctuation Pf Final_Punctuation Pi Initial_Punctuation",
    "Po Other_Punctuation Ps Open_Punctuation S Symbol Sc Currency_Symbol Sk Modifier_Symbol Sm Math_Symbol So Other_Symbol",
    "Z Separator Zl Line_Separator Zp Paragraph_Separator Zs Space_Separator",
  ].flatMap((line) => line.split(" ").map((name) => [bareName(name), name])),
);

/** Scripts whose names are more than one word; the name of any other script is one capitalised word. */
const scriptNames = new Map(
  [
    "Anatolian_Hieroglyphs Bassa_Vah Canadian_Aboriginal Caucasian_Albanian Cypro_Minoan Dives_Akuru Egyptian_Hieroglyphs",
    "Gunjala_Gondi Gurung_Khema Hanifi_Rohingya Imperial_Aramaic Inscriptional_Pahlavi Inscriptional_Parthian Kayah_Li",
    "Khitan_Small_Script Kirat_Rai Linear_A Linear_B Masaram_Gondi Meetei_Mayek Mende_Kikakui Meroitic_Cursive",
    "Meroitic_Hieroglyphs Nag_Mundari New_Tai_Lue Nyiakeng_Puachue_Hmong Ol_Chiki Ol_Onal Old_Hungarian Old_Italic",
    "Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian Old_Turkic Old_Uyghur Pahawh_Hmong Pau_Cin_Hau",
    "Phags_Pa Psalter_Pahlavi SignWriting Sora_Sompeng Syloti_Nagri Tai_Le Tai_Tham Tai_Viet Tulu_Tigalari Warang_Citi",
    "Zanabazar_Square",
  ].flatMap((line) => line.split(" ").map((name) => [bareName(name), name])),
);

/** Properties that Oniguruma knows and the native engine does not. */
const unsupportedNames =
  /^(?:in[a-z0-9]+|other(?:alphabetic|defaultignorablecodepoint|graphemeextend|idcontinue|idstart|lowercase|math|uppercase)|o(?:alpha|di|grext|idc|ids|lower|math|upper)|graphemelink|grlink|hyphen|prependedconcatenationmark|pcm)$/;

/** A property's name as Oniguruma compares it: without case, spaces, hyphens and underscores. */
function bareName(name: string): string {
  return name.replace(/[ _-]/g, "").toLowerCase();
}

/** The set of `\p{name}`; "unsupported" for a name that only Oniguruma knows, undefined for none. */
export function propertySet(name: string): CharSet | "unsupported" | undefined {
  const bare = bareName(name);
  if (bare === "punct") return punctuation();
  const posix = posixSet(bare === "posixpunct" ? "punct" : bare);
  if (posix !== undefined) return posix;
  const property = nativeNames.get(bare);
  if (property !== undefined) return native(`\\p{${property}}`);
  return scriptSet(bare) ?? (unsupportedNames.test(bare) ? "unsupported" : undefined);
}

function scriptSet(bare: string): CharSet | undefined {
  if (!/^[a-z]+$/.test(bare)) return undefined;
  const name = scriptNames.get(bare) ?? `${bare.slice(0, 1).toUpperCase()}${bare.slice(1)}`;
  try {
    return native(`\\p{Script=${name}}`);
  } catch {
    return undefined;
  }
}
