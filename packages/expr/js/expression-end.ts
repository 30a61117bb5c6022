// Finds where an expression ends that lies in braces: texts, templates with expressions in them, and comments are stepped over.

/** The offset of the brace that closes what was opened before `from`; undefined: there is none. */
export function jsExpressionEnd(text: string, from: number): number | undefined {
  // What is open: brackets, and templates (whose expressions open a brace).
  const open: string[] = [];
  for (let i = from; i < text.length; i++) {
    const char = text.charAt(i);
    if (open.at(-1) === "`") {
      if (char === "\\") i++;
      else if (char === "`") open.pop();
      else if (text.startsWith("${", i)) open.push(text.charAt(++i));
    } else if (char === "}" && open.length === 0) return i;
    else if ("([{`".includes(char)) open.push(char);
    else if (")]}".includes(char)) open.pop();
    else {
      const end = stepOver(text, i);
      if (end === undefined) return undefined;
      i = end;
    }
  }
  return undefined;
}

/** The last character of a text or comment that begins here; this one, where none does; undefined: it does not end. */
function stepOver(text: string, at: number): number | undefined {
  const char = text.charAt(at);
  if (char === '"' || char === "'") return endOfText(text, at, char);
  const comment = text.startsWith("//", at) ? "\n" : text.startsWith("/*", at) ? "*/" : undefined;
  if (comment === undefined) return at;
  const end = text.indexOf(comment, at + 2);
  return end < 0 ? undefined : end + comment.length - 1;
}

function endOfText(text: string, open: number, quote: string): number | undefined {
  for (let i = open + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === quote) return i;
  }
  return undefined;
}
