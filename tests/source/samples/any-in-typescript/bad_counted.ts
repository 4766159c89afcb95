interface Answer {
  items: any[]; // bad
  more: any;
}

export function first(answer: Answer): string {
  return (answer.items[0] as any).name;
}
