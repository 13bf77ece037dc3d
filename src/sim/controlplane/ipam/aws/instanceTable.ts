/**
 * What EC2 says of every instance type: a line begins with how many network interfaces it may have (on its first network card)
 * and how many IPv4 addresses each; then come the types, families before the colon. A star marks Xen, which has no prefixes
 * (amazon-vpc-cni-k8s, pkg/vpc/vpc_ip_resource_limit.go).
 */
export const INSTANCE_TABLE = `
1 50 hpc6id:32xlarge
2 2 t1:micro* t2:micro*,nano* t3:micro,nano t3a:micro,nano t4g:micro,nano
2 4 a1:medium c6g:medium c6gd:medium c6gn:medium c7a:medium c7g:medium c7gd:medium c7gn:medium c8a:medium c8g:medium
2 4 c8gb:medium c8gd:medium c8gn:medium g4ad:2xlarge,xlarge is4gen:medium m1:small* m6g:medium m6gd:medium
2 4 m7a:medium m7g:medium m7gd:medium m8a:medium m8g:medium m8gb:medium m8gd:medium m8gn:medium r6g:medium
2 4 r6gd:medium r7a:medium r7g:medium r7gd:medium r8a:medium r8g:medium r8gb:medium r8gd:medium r8gn:medium
2 4 t3a:small x2gd:medium x8g:medium
2 6 c1:medium* m1:medium* m3:medium*
2 10 g6f:large m4:large*
2 15 trn2:3xlarge
2 20 c9g:medium c9gd:medium m9g:medium m9gd:medium
2 50 hpc6a:48xlarge hpc7a:12xlarge,24xlarge,48xlarge,96xlarge hpc8a:96xlarge p5:48xlarge p5e:48xlarge trn2:48xlarge
3 4 m8azn:medium t2:small* t3:small t4g:small
3 6 t2:medium* t3:medium t3a:medium t4g:medium
3 10 a1:large c3:large* c4:large* c5:large c5a:large c5ad:large c5d:large c5n:large c6a:large c6g:large c6gd:large
3 10 c6gn:large c6i:large c6id:large c6in:large c7a:large c7g:large c7gd:large c7gn:large c7i-flex:large c7i:large
3 10 c8g:large c8gb:large c8gd:large c8gn:large g4ad:4xlarge g4dn:2xlarge,4xlarge,xlarge i3:large* i3en:large
3 10 i4g:large i4i:large i7i:large i7ie:large i8g:large i8ge:large im4gn:large is4gen:large m1:large* m3:large*
3 10 m5:large m5a:large m5ad:large m5d:large m5dn:large m5n:large m5zn:large m6a:large m6g:large m6gd:large
3 10 m6i:large m6id:large m6idn:large m6in:large m7a:large m7g:large m7gd:large m7i-flex:large m7i:large m8g:large
3 10 m8gb:large m8gd:large m8gn:large r3:large* r4:large* r5:large r5a:large r5ad:large r5b:large r5d:large
3 10 r5dn:large r5n:large r6a:large r6g:large r6gd:large r6i:large r6id:large r6idn:large r6in:large r7a:large
3 10 r7g:large r7gd:large r7i:large r7iz:large r8g:large r8gb:large r8gd:large r8gn:large x1e:xlarge* x2gd:large
3 10 x8g:large z1d:large
3 12 t2:large* t3:large t3a:large t4g:large
3 15 t2:2xlarge*,xlarge*
3 20 c8a:large c8i-flex:large c8i:large c8id:large c9g:large c9gd:large d3:8xlarge m8a:large m8i-flex:large
3 20 m8i:large m8id:large m9g:large m9gd:large r8a:large r8i-flex:large r8i:large r8id:large x8i:large
3 30 d3en:12xlarge
4 3 d3:xlarge d3en:xlarge
4 5 d3:2xlarge d3en:2xlarge
4 10 d3:4xlarge d3en:4xlarge inf1:2xlarge,xlarge
4 15 a1:2xlarge,xlarge c1:xlarge* c3:2xlarge*,xlarge* c4:2xlarge*,xlarge* c5:2xlarge,xlarge c5a:2xlarge,xlarge
4 15 c5ad:2xlarge,xlarge c5d:2xlarge,xlarge c5n:2xlarge,xlarge c6a:2xlarge,xlarge c6g:2xlarge,xlarge
4 15 c6gd:2xlarge,xlarge c6gn:2xlarge,xlarge c6i:2xlarge,xlarge c6id:2xlarge,xlarge c6in:2xlarge,xlarge
4 15 c7a:2xlarge,xlarge c7g:2xlarge,xlarge c7gd:2xlarge,xlarge c7gn:2xlarge,xlarge c7i-flex:2xlarge,xlarge
4 15 c7i:2xlarge,xlarge c8g:2xlarge,xlarge c8gb:2xlarge,xlarge c8gd:2xlarge,xlarge c8gn:2xlarge,xlarge
4 15 d2:2xlarge*,xlarge* d3en:6xlarge f1:2xlarge* g4ad:8xlarge g4dn:16xlarge,8xlarge g5:2xlarge,xlarge
4 15 g5g:2xlarge,xlarge g6:2xlarge,xlarge g6e:2xlarge,xlarge g6f:2xlarge,xlarge h1:2xlarge* i2:2xlarge*,xlarge*
4 15 i3:2xlarge*,xlarge* i3en:2xlarge,3xlarge,xlarge i4g:2xlarge,xlarge i4i:2xlarge,xlarge i7i:2xlarge,xlarge
4 15 i7ie:2xlarge,3xlarge,xlarge i8g:2xlarge,xlarge i8ge:2xlarge,xlarge im4gn:2xlarge,xlarge inf2:xlarge
4 15 is4gen:2xlarge,xlarge m1:xlarge* m2:xlarge* m3:xlarge* m4:2xlarge*,xlarge* m5:2xlarge,xlarge m5a:2xlarge,xlarge
4 15 m5ad:2xlarge,xlarge m5d:2xlarge,xlarge m5dn:2xlarge,xlarge m5n:2xlarge,xlarge m5zn:2xlarge,xlarge
4 15 m6a:2xlarge,xlarge m6g:2xlarge,xlarge m6gd:2xlarge,xlarge m6i:2xlarge,xlarge m6id:2xlarge,xlarge
4 15 m6idn:2xlarge,xlarge m6in:2xlarge,xlarge m7a:2xlarge,xlarge m7g:2xlarge,xlarge m7gd:2xlarge,xlarge
4 15 m7i-flex:2xlarge,xlarge m7i:2xlarge,xlarge m8g:2xlarge,xlarge m8gb:2xlarge,xlarge m8gd:2xlarge,xlarge
4 15 m8gn:2xlarge,xlarge p3:2xlarge* r3:2xlarge*,xlarge* r4:2xlarge*,xlarge* r5:2xlarge,xlarge r5a:2xlarge,xlarge
4 15 r5ad:2xlarge,xlarge r5b:2xlarge,xlarge r5d:2xlarge,xlarge r5dn:2xlarge,xlarge r5n:2xlarge,xlarge
4 15 r6a:2xlarge,xlarge r6g:2xlarge,xlarge r6gd:2xlarge,xlarge r6i:2xlarge,xlarge r6id:2xlarge,xlarge
4 15 r6idn:2xlarge,xlarge r6in:2xlarge,xlarge r7a:2xlarge,xlarge r7g:2xlarge,xlarge r7gd:2xlarge,xlarge
4 15 r7i:2xlarge,xlarge r7iz:2xlarge,xlarge r8g:2xlarge,xlarge r8gb:2xlarge,xlarge r8gd:2xlarge,xlarge
4 15 r8gn:2xlarge,xlarge t3:2xlarge,xlarge t3a:2xlarge,xlarge t4g:2xlarge,xlarge trn1:2xlarge vt1:3xlarge
4 15 x1e:2xlarge*,4xlarge*,8xlarge* x2gd:2xlarge,xlarge x2iedn:2xlarge,xlarge x2iezn:2xlarge x8g:2xlarge,xlarge
4 15 z1d:2xlarge,xlarge
4 20 c8a:xlarge c8ib:large c8in:large c8ine:large d3en:8xlarge m8a:xlarge m8azn:large,xlarge m8ib:large m8idb:large
4 20 m8idn:large m8in:large m8ine:large r8a:xlarge r8ib:large r8idb:large r8idn:large r8in:large x8aedz:large,xlarge
4 30 c8i-flex:2xlarge,xlarge c8i:2xlarge,xlarge c8ib:2xlarge,xlarge c8id:2xlarge,xlarge c8in:2xlarge,xlarge
4 30 c8ine:2xlarge,xlarge c9g:2xlarge,xlarge c9gd:2xlarge,xlarge m2:2xlarge* m3:2xlarge* m8i-flex:2xlarge,xlarge
4 30 m8i:2xlarge,xlarge m8ib:2xlarge,xlarge m8id:2xlarge,xlarge m8idb:2xlarge,xlarge m8idn:2xlarge,xlarge
4 30 m8in:2xlarge,xlarge m8ine:2xlarge,xlarge m9g:2xlarge,xlarge m9gd:2xlarge,xlarge p5:4xlarge
4 30 r8i-flex:2xlarge,xlarge r8i:2xlarge,xlarge r8ib:2xlarge,xlarge r8id:2xlarge,xlarge r8idb:2xlarge,xlarge
4 30 r8idn:2xlarge,xlarge r8in:2xlarge,xlarge x8i:2xlarge,xlarge
4 40 c8a:2xlarge m8a:2xlarge r8a:2xlarge
4 50 hpc7g:16xlarge,4xlarge,8xlarge p5en:48xlarge p6-b200:48xlarge p6-b300:48xlarge
4 64 g7:2xlarge g7e:2xlarge
5 30 u-12tb1:metal u-6tb1:metal u-9tb1:metal
5 50 trn1:32xlarge trn1n:32xlarge
6 30 i8ge:3xlarge
7 50 g5:48xlarge
8 30 a1:4xlarge,metal c3:4xlarge*,8xlarge* c4:4xlarge*,8xlarge* c5:12xlarge,4xlarge,9xlarge
8 30 c5a:12xlarge,4xlarge,8xlarge c5ad:12xlarge,4xlarge,8xlarge c5d:12xlarge,4xlarge,9xlarge c5n:4xlarge,9xlarge
8 30 c6a:12xlarge,4xlarge,8xlarge c6g:12xlarge,4xlarge,8xlarge c6gd:12xlarge,4xlarge,8xlarge
8 30 c6gn:12xlarge,4xlarge,8xlarge c6i:12xlarge,4xlarge,8xlarge c6id:12xlarge,4xlarge,8xlarge
8 30 c6in:12xlarge,4xlarge,8xlarge c7a:12xlarge,4xlarge,8xlarge c7g:12xlarge,4xlarge,8xlarge
8 30 c7gd:12xlarge,4xlarge,8xlarge c7gn:12xlarge,4xlarge,8xlarge c7i-flex:12xlarge,4xlarge,8xlarge
8 30 c7i:12xlarge,4xlarge,8xlarge c8g:12xlarge,4xlarge,8xlarge c8gb:4xlarge c8gd:12xlarge,4xlarge,8xlarge
8 30 c8gn:4xlarge cr1:8xlarge d2:4xlarge*,8xlarge* f1:4xlarge* f2:12xlarge,6xlarge g4ad:16xlarge g4dn:12xlarge
8 30 g5:16xlarge,4xlarge,8xlarge g5g:4xlarge,8xlarge g6:12xlarge,4xlarge,8xlarge g6e:4xlarge,8xlarge g6f:4xlarge
8 30 gr6:4xlarge,8xlarge gr6f:4xlarge h1:4xlarge*,8xlarge* hs1:8xlarge i2:4xlarge*,8xlarge* i3:4xlarge*,8xlarge*
8 30 i3en:12xlarge,6xlarge i4g:4xlarge,8xlarge i4i:12xlarge,4xlarge,8xlarge i7i:12xlarge,4xlarge,8xlarge
8 30 i7ie:6xlarge i8g:12xlarge,4xlarge,8xlarge im4gn:4xlarge,8xlarge inf1:6xlarge inf2:8xlarge
8 30 is4gen:4xlarge,8xlarge m2:4xlarge* m4:10xlarge*,16xlarge*,4xlarge* m5:12xlarge,4xlarge,8xlarge
8 30 m5a:12xlarge,4xlarge,8xlarge m5ad:12xlarge,4xlarge,8xlarge m5d:12xlarge,4xlarge,8xlarge
8 30 m5dn:12xlarge,4xlarge,8xlarge m5n:12xlarge,4xlarge,8xlarge m5zn:3xlarge,6xlarge m6a:12xlarge,4xlarge,8xlarge
8 30 m6g:12xlarge,4xlarge,8xlarge m6gd:12xlarge,4xlarge,8xlarge m6i:12xlarge,4xlarge,8xlarge
8 30 m6id:12xlarge,4xlarge,8xlarge m6idn:12xlarge,4xlarge,8xlarge m6in:12xlarge,4xlarge,8xlarge
8 30 m7a:12xlarge,4xlarge,8xlarge m7g:12xlarge,4xlarge,8xlarge m7gd:12xlarge,4xlarge,8xlarge
8 30 m7i-flex:12xlarge,4xlarge,8xlarge m7i:12xlarge,4xlarge,8xlarge m8g:12xlarge,4xlarge,8xlarge m8gb:4xlarge
8 30 m8gd:12xlarge,4xlarge,8xlarge m8gn:4xlarge mac-m3ultra:metal mac-m4:metal mac-m4max:metal mac-m4pro:metal
8 30 mac1:metal mac2-m1ultra:metal mac2-m2:metal mac2-m2pro:metal mac2:metal p3:16xlarge*,8xlarge*
8 30 r3:4xlarge*,8xlarge* r4:4xlarge*,8xlarge* r5:12xlarge,4xlarge,8xlarge r5a:12xlarge,4xlarge,8xlarge
8 30 r5ad:12xlarge,4xlarge,8xlarge r5b:12xlarge,4xlarge,8xlarge r5d:12xlarge,4xlarge,8xlarge
8 30 r5dn:12xlarge,4xlarge,8xlarge r5n:12xlarge,4xlarge,8xlarge r6a:12xlarge,4xlarge,8xlarge
8 30 r6g:12xlarge,4xlarge,8xlarge r6gd:12xlarge,4xlarge,8xlarge r6i:12xlarge,4xlarge,8xlarge
8 30 r6id:12xlarge,4xlarge,8xlarge r6idn:12xlarge,4xlarge,8xlarge r6in:12xlarge,4xlarge,8xlarge
8 30 r7a:12xlarge,4xlarge,8xlarge r7g:12xlarge,4xlarge,8xlarge r7gd:12xlarge,4xlarge,8xlarge
8 30 r7i:12xlarge,4xlarge,8xlarge r7iz:12xlarge,4xlarge,8xlarge r8g:12xlarge,4xlarge,8xlarge r8gb:4xlarge
8 30 r8gd:12xlarge,4xlarge,8xlarge r8gn:4xlarge u-3tb1:56xlarge vt1:6xlarge x1:16xlarge*,32xlarge*
8 30 x1e:16xlarge*,32xlarge* x2gd:12xlarge,4xlarge,8xlarge x2iedn:4xlarge,8xlarge x2iezn:4xlarge,6xlarge,8xlarge
8 30 x8g:12xlarge,4xlarge,8xlarge z1d:3xlarge,6xlarge
8 40 c8a:4xlarge m8a:4xlarge m8azn:3xlarge,6xlarge r8a:4xlarge x8aedz:3xlarge,6xlarge
8 50 c6in:32xlarge,metal c8i-flex:4xlarge c8i:4xlarge c8ib:4xlarge,8xlarge c8id:4xlarge c8in:4xlarge,8xlarge
8 50 c8ine:4xlarge,8xlarge c9g:4xlarge c9gd:4xlarge f1:16xlarge* h1:16xlarge* i7ie:12xlarge m6idn:32xlarge,metal
8 50 m6in:32xlarge,metal m8i-flex:4xlarge m8i:4xlarge m8ib:4xlarge,8xlarge m8id:4xlarge m8idb:4xlarge,8xlarge
8 50 m8idn:4xlarge,8xlarge m8in:4xlarge,8xlarge m8ine:4xlarge,8xlarge m9g:4xlarge m9gd:4xlarge r6idn:32xlarge,metal
8 50 r6in:32xlarge,metal r8i-flex:4xlarge r8i:4xlarge r8ib:4xlarge,8xlarge r8id:4xlarge r8idb:4xlarge,8xlarge
8 50 r8idn:4xlarge,8xlarge r8in:4xlarge,8xlarge u7in-16tb:224xlarge u7in-24tb:224xlarge u7in-32tb:224xlarge
8 50 x8i:4xlarge
8 64 g7:4xlarge g7e:4xlarge,8xlarge
10 30 c8gb:8xlarge c8gn:8xlarge g6e:12xlarge i8ge:6xlarge m8gb:8xlarge m8gn:8xlarge r8gb:8xlarge r8gn:8xlarge
10 40 c8a:8xlarge m8a:8xlarge r8a:8xlarge
10 50 c8i-flex:8xlarge c8i:8xlarge c8id:8xlarge c9g:8xlarge c9gd:8xlarge g6e:24xlarge,48xlarge m8i-flex:8xlarge
10 50 m8i:8xlarge m8id:8xlarge m9g:8xlarge m9gd:8xlarge r8i-flex:8xlarge r8i:8xlarge r8id:8xlarge x8i:8xlarge
10 64 g7:8xlarge g7e:12xlarge,24xlarge,48xlarge
11 30 inf1:24xlarge
12 30 c8gb:12xlarge c8gn:12xlarge i8ge:12xlarge m8gb:12xlarge m8gn:12xlarge r8gb:12xlarge r8gn:12xlarge
12 50 c8gb:48xlarge,metal-48xl c8gn:48xlarge,metal-48xl c8i-flex:12xlarge c8i:12xlarge c8ib:12xlarge c8id:12xlarge
12 50 c8in:12xlarge c8ine:12xlarge c9g:12xlarge c9gd:12xlarge m8gb:48xlarge,metal-48xl m8gn:48xlarge,metal-48xl
12 50 m8i-flex:12xlarge m8i:12xlarge m8ib:12xlarge m8id:12xlarge m8idb:12xlarge m8idn:12xlarge m8in:12xlarge
12 50 m8ine:12xlarge m9g:12xlarge m9gd:12xlarge r8gb:48xlarge,metal-48xl r8gn:48xlarge,metal-48xl r8i-flex:12xlarge
12 50 r8i:12xlarge r8ib:12xlarge r8id:12xlarge r8idb:12xlarge r8idn:12xlarge r8in:12xlarge x8i:12xlarge
12 64 c8a:12xlarge c8ib:96xlarge,metal-96xl c8in:96xlarge,metal-96xl g7:12xlarge,48xlarge m8a:12xlarge
12 64 m8ib:96xlarge,metal-96xl m8idb:96xlarge,metal-96xl m8idn:96xlarge,metal-96xl m8in:96xlarge,metal-96xl
12 64 r8a:12xlarge r8ib:96xlarge,metal-96xl r8idb:96xlarge,metal-96xl r8idn:96xlarge,metal-96xl
12 64 r8in:96xlarge,metal-96xl
15 30 i4i:24xlarge
15 50 bmn-sf1:metal c5:18xlarge,24xlarge,metal c5a:16xlarge,24xlarge,metal c5ad:16xlarge,24xlarge,metal
15 50 c5d:18xlarge,24xlarge,metal c5n:18xlarge,metal c6a:16xlarge,24xlarge,32xlarge,48xlarge,metal
15 50 c6g:16xlarge,metal c6gd:16xlarge,metal c6gn:16xlarge c6i:16xlarge,24xlarge,32xlarge,metal
15 50 c6id:16xlarge,24xlarge,32xlarge,metal c6in:16xlarge,24xlarge
15 50 c7a:16xlarge,24xlarge,32xlarge,48xlarge,metal-48xl c7g:16xlarge,metal c7gd:16xlarge,metal c7gn:16xlarge,metal
15 50 c7i-flex:16xlarge c7i:16xlarge,24xlarge,32xlarge,48xlarge,metal-24xl,metal-48xl
15 50 c8g:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl c8gd:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl
15 50 dl1:24xlarge dl2q:24xlarge f2:48xlarge g4dn:metal g5:12xlarge,24xlarge g5g:16xlarge,metal
15 50 g6:16xlarge,24xlarge,48xlarge g6e:16xlarge i3:16xlarge* i3en:24xlarge,metal i4g:16xlarge
15 50 i4i:16xlarge,32xlarge,metal i7i:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl
15 50 i7ie:18xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl i8g:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl
15 50 im4gn:16xlarge inf2:24xlarge,48xlarge m5:16xlarge,24xlarge,metal m5a:16xlarge,24xlarge m5ad:16xlarge,24xlarge
15 50 m5d:16xlarge,24xlarge,metal m5dn:16xlarge,24xlarge,metal m5n:16xlarge,24xlarge,metal m5zn:12xlarge,metal
15 50 m6a:16xlarge,24xlarge,32xlarge,48xlarge,metal m6g:16xlarge,metal m6gd:16xlarge,metal
15 50 m6i:16xlarge,24xlarge,32xlarge,metal m6id:16xlarge,24xlarge,32xlarge,metal m6idn:16xlarge,24xlarge
15 50 m6in:16xlarge,24xlarge m7a:16xlarge,24xlarge,32xlarge,48xlarge,metal-48xl m7g:16xlarge,metal
15 50 m7gd:16xlarge,metal m7i-flex:16xlarge m7i:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl
15 50 m8g:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl m8gd:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl
15 50 p3dn:24xlarge p4d:24xlarge p4de:24xlarge r4:16xlarge* r5:16xlarge,24xlarge,metal r5a:16xlarge,24xlarge
15 50 r5ad:16xlarge,24xlarge r5b:16xlarge,24xlarge,metal r5d:16xlarge,24xlarge,metal r5dn:16xlarge,24xlarge,metal
15 50 r5n:16xlarge,24xlarge,metal r6a:16xlarge,24xlarge,32xlarge,48xlarge,metal r6g:16xlarge,metal
15 50 r6gd:16xlarge,metal r6i:16xlarge,24xlarge,32xlarge,metal r6id:16xlarge,24xlarge,32xlarge,metal
15 50 r6idn:16xlarge,24xlarge r6in:16xlarge,24xlarge r7a:16xlarge,24xlarge,32xlarge,48xlarge,metal-48xl
15 50 r7g:16xlarge,metal r7gd:16xlarge,metal r7i:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl
15 50 r7iz:16xlarge,32xlarge,metal-16xl,metal-32xl r8g:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl
15 50 r8gd:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl u-18tb1:metal u-24tb1:metal u-6tb1:112xlarge,56xlarge
15 50 u7i-12tb:224xlarge u7i-6tb:112xlarge u7i-8tb:112xlarge vt1:24xlarge x2gd:16xlarge,metal
15 50 x2idn:16xlarge,24xlarge,32xlarge,metal x2iedn:16xlarge,24xlarge,32xlarge,metal x2iezn:12xlarge,metal
15 50 x8g:16xlarge,24xlarge,48xlarge,metal-24xl,metal-48xl z1d:12xlarge,metal
16 50 c8gb:16xlarge c8gn:16xlarge i8ge:18xlarge,24xlarge,metal-24xl m8gb:16xlarge m8gn:16xlarge r8gb:16xlarge
16 50 r8gn:16xlarge
16 64 c8a:16xlarge,24xlarge,metal-24xl c8i-flex:16xlarge c8i:16xlarge,24xlarge c8ib:16xlarge,24xlarge,32xlarge
16 64 c8id:16xlarge,24xlarge c8in:16xlarge,24xlarge,32xlarge c9g:16xlarge c9gd:16xlarge
16 64 m8a:16xlarge,24xlarge,metal-24xl m8azn:12xlarge,24xlarge,metal-12xl,metal-24xl m8i-flex:16xlarge
16 64 m8i:16xlarge,24xlarge m8ib:16xlarge,24xlarge,32xlarge m8id:16xlarge,24xlarge m8idb:16xlarge,24xlarge,32xlarge
16 64 m8idn:16xlarge,24xlarge,32xlarge m8in:16xlarge,24xlarge,32xlarge m9g:16xlarge m9gd:16xlarge
16 64 r8a:16xlarge,24xlarge,metal-24xl r8i-flex:16xlarge r8i:16xlarge,24xlarge r8ib:16xlarge,24xlarge,32xlarge
16 64 r8id:16xlarge,24xlarge r8idb:16xlarge,24xlarge,32xlarge r8idn:16xlarge,24xlarge,32xlarge
16 64 r8in:16xlarge,24xlarge,32xlarge x8aedz:12xlarge,24xlarge,metal-12xl,metal-24xl x8i:16xlarge,24xlarge
24 50 c8gb:24xlarge,metal-24xl c8gn:24xlarge,metal-24xl i8ge:48xlarge,metal-48xl m8gb:24xlarge,metal-24xl
24 50 m8gn:24xlarge,metal-24xl r8gb:24xlarge,metal-24xl r8gn:24xlarge,metal-24xl
24 64 c8a:48xlarge,metal-48xl c8i:32xlarge,48xlarge,96xlarge,metal-48xl,metal-96xl c8ib:48xlarge,metal-48xl
24 64 c8id:32xlarge,48xlarge,96xlarge,metal-48xl,metal-96xl c8in:48xlarge,metal-48xl
24 64 c9g:24xlarge,48xlarge,metal-48xl c9gd:24xlarge,48xlarge,metal-48xl g7:24xlarge m8a:48xlarge,metal-48xl
24 64 m8i:32xlarge,48xlarge,96xlarge,metal-48xl,metal-96xl m8ib:48xlarge,metal-48xl
24 64 m8id:32xlarge,48xlarge,96xlarge,metal-48xl,metal-96xl m8idb:48xlarge,metal-48xl m8idn:48xlarge,metal-48xl
24 64 m8in:48xlarge,metal-48xl m9g:24xlarge,48xlarge,metal-48xl m9gd:24xlarge,48xlarge,metal-48xl
24 64 r8a:48xlarge,metal-48xl r8i:32xlarge,48xlarge,96xlarge,metal-48xl,metal-96xl r8ib:48xlarge,metal-48xl
24 64 r8id:32xlarge,48xlarge,96xlarge,metal-48xl,metal-96xl r8idb:48xlarge,metal-48xl r8idn:48xlarge,metal-48xl
24 64 r8in:48xlarge,metal-48xl x8i:32xlarge,48xlarge,64xlarge,96xlarge,metal-48xl,metal-96xl
`;
