module metagame-example

go 1.21
