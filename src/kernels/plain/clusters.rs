//! Partitions, as their definitions say; things are merged one pair of clusters at a time. Labels are in order of first
//! appearance.

/// Clusters merge as long as there are two whose farthest members lie at most `threshold` apart, the closest ones first.
#[must_use]
pub fn complete_link(n: usize, distance: impl Fn(usize, usize) -> f64, threshold: f64) -> Vec<usize> {
    let mut clusters: Vec<Vec<usize>> = (0..n).map(|thing| vec![thing]).collect();
    loop {
        let mut closest: Option<(f64, usize, usize)> = None;
        for a in 0..clusters.len() {
            for b in a + 1..clusters.len() {
                let pairs = clusters[a].iter().flat_map(|&x| clusters[b].iter().map(move |&y| (x, y)));
                let farthest = pairs.map(|(x, y)| distance(x, y)).fold(0.0, f64::max);
                if closest.is_none_or(|(distance, _, _)| farthest < distance) {
                    closest = Some((farthest, a, b));
                }
            }
        }
        match closest {
            Some((distance, a, b)) if distance <= threshold => {
                let merged = clusters.remove(b);
                clusters[a].extend(merged);
            }
            _ => return labels(n, &clusters),
        }
    }
}

/// With two points making a cluster, those that can reach each other by steps of at most `threshold`.
#[must_use]
pub fn dbscan(n: usize, distance: impl Fn(usize, usize) -> f64, threshold: f64) -> Vec<usize> {
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    for thing in 0..n {
        let near = |cluster: &Vec<usize>| cluster.iter().any(|&other| distance(other, thing) <= threshold);
        let (mut joined, apart): (Vec<_>, Vec<_>) = clusters.into_iter().partition(near);
        clusters = apart;
        joined.push(vec![thing]);
        clusters.push(joined.concat());
    }
    labels(n, &clusters)
}

fn labels(n: usize, clusters: &[Vec<usize>]) -> Vec<usize> {
    let of = |thing: usize| clusters.iter().position(|cluster| cluster.contains(&thing));
    let mut seen = Vec::new();
    (0..n)
        .map(|thing| {
            let cluster = of(thing);
            seen.iter().position(|&other| other == cluster).unwrap_or_else(|| {
                seen.push(cluster);
                seen.len() - 1
            })
        })
        .collect()
}
