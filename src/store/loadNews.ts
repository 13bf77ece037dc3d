/** The words for changes, which nobody hears before the first. */
export async function loadNews() {
  const [cluster, proxy, last] = await Promise.all([
    import('./news.ts'),
    import('./proxyNews.ts'),
    import('./lastChange.ts'),
  ]);
  return { ...cluster, ...proxy, ...last };
}

export type News = Awaited<ReturnType<typeof loadNews>>;
