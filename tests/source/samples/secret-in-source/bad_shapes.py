URL = "postgresql://service:k3Jd92hfQm@db.internal.corp:5432/orders"  # bad
HEADERS = {"Authorization": "Bearer ghp_Zk3Qd8Rt7Lm2Vx9Bn4Cw6Yp1Hs5Jf0Ga2Te8"}  # bad
ACCESS = "AKIAQ7RT2KD93JX0ZLPM"  # bad
